//! WebAssembly border of the compute core: converts arguments, calls, converts results. No arithmetic here.

mod audio;
mod image;
mod kernels;
mod planner;
mod tokenizer;
