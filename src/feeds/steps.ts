/** A step of prices or quantities such as "0.01000000" as a number; undefined when it can't be read. */
export function stepOf(step: unknown): number | undefined {
  return typeof step === "string" && /^\d+(\.\d{1,20})?$/.test(step) && Number(step) > 0 ? Number(step) : undefined;
}

/** The digits behind the point that a step allows; 8 when it can't be read. */
export function decimalsOf(step: unknown): number {
  if (typeof step !== "string" || stepOf(step) === undefined) return 8;
  const fraction = step.split(".")[1] ?? "";
  return fraction.replace(/0+$/, "").length;
}
