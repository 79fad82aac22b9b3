//! Number kernels: merging, sampling, conversion. The only crate with `unsafe`.
