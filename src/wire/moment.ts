import * as v from "valibot";
import { InvalidInput, parseMoment, type UnixMs } from "../core/mod.ts";

/** A moment as a client sends it: Unix milliseconds, as a number or text, or ISO 8601 with a time zone. Becomes Unix milliseconds. */
export const momentInputSchema: v.GenericSchema<unknown, UnixMs> = v.pipe(
  v.union(
    [v.number(), v.string()],
    "expected Unix milliseconds such as 1760000000000, or ISO 8601 such as 2026-02-10T00:00Z",
  ),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      const moment = parseMoment(dataset.value);
      if (moment >= 0) return moment;
      addIssue({ message: `${dataset.value} lies before 1970` });
    } catch (fault) {
      if (!(fault instanceof InvalidInput)) throw fault;
      addIssue({ message: fault.message });
    }
    return NEVER;
  }),
);
