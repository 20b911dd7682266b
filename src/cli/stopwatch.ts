/** Milliseconds on the machine's clock that only goes forward, for how long something took. */
export function stopwatch(): number {
  return performance.now();
}

/** Milliseconds that the present thread has worked: pauses of the computer don't count. Some systems tell it in steps of 4 ms. */
export function threadTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** Milliseconds of processor time that all threads of this process took so far. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
