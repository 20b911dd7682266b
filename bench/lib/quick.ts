/** Whether benchmarks run in short form: `npm run bench -- --quick` sets the variable for all of them and for what they start. */
export const isQuick: boolean = process.env.BENCH_QUICK === "1";

/** A size, a number of rounds or a span: as it is measured, and in short form. */
export function sized<Size>(full: Size, quick: Size): Size {
  return isQuick ? quick : full;
}
