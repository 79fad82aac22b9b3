//! The module's border: addresses in, nothing allocated.

use crate::control::Control;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

fn control(at: u32) -> Control {
    Control {
        base: core::ptr::null_mut(),
        at,
    }
}

/// See [`Control::run`].
#[unsafe(no_mangle)]
unsafe extern "C" fn run(at: u32, with_helpers: u32) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { control(at).run(with_helpers != 0) }
}

/// See [`Control::help`].
#[unsafe(no_mangle)]
unsafe extern "C" fn help(at: u32, thread: u32) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { u32::from(control(at).help(thread)) }
}

/// See [`Control::quit`].
#[unsafe(no_mangle)]
extern "C" fn quit(at: u32) {
    control(at).quit();
}

/// See [`limbus_kernels::pack::pack_panels`].
#[unsafe(no_mangle)]
unsafe extern "C" fn pack(from: u32, n: u32, k: u32, to: u32, width: u32, offset: u32) {
    let [n, k, width, offset] = [n, k, width, offset].map(|size| size as usize);
    // SAFETY: the caller's promise.
    unsafe {
        limbus_kernels::pack::pack_panels(from as *const f32, n, k, to as *mut f32, width, offset)
    }
}

/// See [`limbus_kernels::quantize::pack_panels_q8`].
#[unsafe(no_mangle)]
unsafe extern "C" fn pack_q8(
    from: u32,
    n: u32,
    k: u32,
    to: u32,
    scales: u32,
    width: u32,
    offset: u32,
) {
    let [n, k, width, offset] = [n, k, width, offset].map(|size| size as usize);
    let matrix = (from as *const f32, n, k);
    // SAFETY: the caller's promise.
    unsafe {
        limbus_kernels::quantize::pack_panels_q8(
            matrix,
            to as *mut i8,
            scales as *mut f32,
            width,
            offset,
        )
    }
}
