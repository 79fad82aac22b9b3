//! WebAssembly border of the compute core: converts arguments, calls, converts results. No arithmetic here.

mod audio;
mod embedding;
mod hash;
mod image;
mod image_filter;
mod image_header;
mod kernels;
mod planner;
mod region;
mod sampler;
mod tokenizer;
mod values;
