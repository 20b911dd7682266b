import { createSandbox } from "../sandbox/mod.ts";
import { answerTasks, type ScreenTask } from "../screening/mod.ts";
import { stopwatch, threadTime } from "./stopwatch.ts";

declare const self: Worker;

/** Lets this thread answer tasks with filters. */
export function runScreeningThread(): void {
  const answer = answerTasks({
    sandbox: createSandbox({ stopwatch, threadTime }),
    // The time of a screen is what its thread worked: on a busy machine the same filter reaches the same symbols.
    stopwatch: threadTime,
    post: (reply) => self.postMessage(reply),
  });
  self.onmessage = ({ data }: MessageEvent<ScreenTask>) => answer(data);
}
