import { Asker, type CallOptions } from "./asker.ts";
import type { Question } from "./one-try.ts";
import { type ClientOptions, settingsOf } from "./options.ts";

/** Asks a server to compute something. It keeps nothing of it, so the question is retried like a read. */
export function computed<T>(
  options: ClientOptions,
  question: Pick<Question<T>, "path" | "body" | "reader" | "computesMs">,
  call: CallOptions | undefined,
): Promise<T> {
  return new Asker(settingsOf(options)).ask({ method: "POST", ...question }, call);
}
