import { RequestProblem } from "./problem.ts";

/** A body that wasn't read to its end. Its connection can't be used again: what follows on it is the rest of the body. */
export class UnreadBody extends RequestProblem {}
