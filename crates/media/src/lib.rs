//! Pictures: files to pixels, pixels to other sizes. The pixels are those that Pillow and torchvision give.

pub mod alpha;
mod bmp_file;
mod bmp_header;
pub mod crop;
pub mod decode;
pub mod error;
pub mod exif;
pub mod filter;
mod gif_file;
mod gif_header;
pub mod header;
mod jpeg;
mod jpeg_header;
pub mod pad;
pub mod planes;
mod png_file;
mod png_header;
mod png_text;
pub mod resize;
mod webp;
mod webp_header;
