/** Milliseconds on the machine's clock that only goes forward, for how long something took. */
export function stopwatch(): number {
  return performance.now();
}

/** Milliseconds of processor time that all threads of this process took so far. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
