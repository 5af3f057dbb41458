//! What this process has used, and the machine that it runs on. Linux tells it; elsewhere, it is not known.

use std::fs;
use std::process::Command;
use std::time::Duration;

/// The time of processors that the threads of this process have used, without threads that have ended.
pub fn cpu_time() -> Option<Duration> {
    let threads = fs::read_dir("/proc/self/task").ok()?;
    let nanoseconds = threads.filter_map(|thread| {
        let times = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        times.split_ascii_whitespace().next()?.parse::<u64>().ok()
    });
    Some(Duration::from_nanos(nanoseconds.sum())).filter(|time| !time.is_zero())
}

/// The time of processors that ended child processes, and theirs, have used.
pub fn children_cpu_time() -> Option<Duration> {
    /// The unit of the times is the same on all systems.
    const PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in parentheses, may have spaces.
    let (_, fields) = stat.rsplit_once(')')?;
    let times: Vec<f64> = fields.split_ascii_whitespace().skip(13).take(2).filter_map(|it| it.parse().ok()).collect();
    (times.len() == 2).then(|| Duration::from_secs_f64(times.iter().sum::<f64>() / PER_SECOND))
}

/// The most memory that this process had, in bytes.
pub fn peak_memory() -> Option<u64> {
    kilobytes("/proc/self/status", "VmHWM:")
}

fn kilobytes(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let number = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(number.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// The machine in one line: processors, memory, system, compiler and how busy it is. It does not name the host.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or_else(|_| "?".to_owned(), |cores| cores.to_string());
    let model = line_of("/proc/cpuinfo", "model name\t: ").map(|model| format!(" ({model})")).unwrap_or_default();
    let memory = kilobytes("/proc/meminfo", "MemTotal:").map(|bytes| format!("{} GB memory", bytes.div_ceil(1 << 30)));
    let system = line_of("/etc/os-release", "PRETTY_NAME=").map(|name| name.trim_matches('"').to_owned());
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").ok().map(|it| format!("Linux {}", it.trim()));
    let compiler = Command::new("rustc").arg("--version").output().ok();
    let compiler = compiler.and_then(|output| String::from_utf8(output.stdout).ok());
    let compiler = compiler.and_then(|text| Some(text.split(" (").next()?.trim().to_owned()));
    let load = fs::read_to_string("/proc/loadavg").ok();
    let load = load.and_then(|text| Some(format!("load {}", text.split(' ').next()?)));
    let known = [Some(format!("{cores} cores{model}")), memory, system.or(Some(std::env::consts::OS.to_owned()))];
    let known: Vec<String> = known.into_iter().chain([release, compiler, load]).flatten().collect();
    known.join(", ")
}

fn line_of(file: &str, name: &str) -> Option<String> {
    fs::read_to_string(file).ok()?.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned))
}
