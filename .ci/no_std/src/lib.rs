//! Builds only where `hivekey-dpid` and `hivekey-regf` need neither std nor anything that does.
#![no_std]

extern crate alloc;
extern crate hivekey_dpid;
extern crate hivekey_regf;

use core::alloc::{GlobalAlloc, Layout};

struct NoHeap;

// SAFETY: every allocation fails, as the trait allows.
unsafe impl GlobalAlloc for NoHeap {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static HEAP: NoHeap = NoHeap;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
