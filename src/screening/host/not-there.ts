import { VyxError } from "../../core/mod.ts";

/** The traders can't be had, and may be later. */
export class NotThere extends VyxError {
  readonly code = "not_ready";
  readonly retryable = true;
}
