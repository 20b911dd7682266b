/** Milliseconds on the machine's clock that only goes forward, for how long something took. */
export function stopwatch(): number {
  return performance.now();
}
