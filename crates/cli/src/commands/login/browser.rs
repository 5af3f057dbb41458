//! Opens the user's browser.

/// Opens an address in the browser of the desktop. `false` if there is none, such as in a session over the network: there,
/// the programs that open addresses would take a browser that runs in the terminal.
pub(super) fn open(address: &str) -> bool {
    let has_desktop = cfg!(any(windows, target_os = "macos"))
        || ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "BROWSER"].into_iter().any(is_set);
    has_desktop && open::that_detached(address).is_ok()
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}
