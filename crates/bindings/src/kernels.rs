//! Border of the kernels functions.
