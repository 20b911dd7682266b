import { InvalidInput } from "../../core/mod.ts";
import { createSandbox } from "../../sandbox/mod.ts";
import { FilterCodeFault, type PreviewRequest, preview, Screening } from "../../strategy/mod.ts";
import { stopwatch, threadTime } from "../stopwatch.ts";
import { LearntMarket } from "./learnt-market.ts";
import type { ScreenReply, ScreenTask } from "./messages.ts";

declare const self: Worker;

const market = new LearntMarket();
const sandbox = createSandbox({ stopwatch, threadTime });
const screening: Promise<Screening> = sandbox.then((runner) => new Screening({ view: market, runner, stopwatch }));

/** Tasks are done in the order in which they come, one after the other: each tells what is new since the one before. */
let done: Promise<void> = Promise.resolve();
self.onmessage = ({ data }: MessageEvent<ScreenTask>) => {
  done = done.then(async () => self.postMessage(await replyTo(data)));
};

async function replyTo(task: ScreenTask): Promise<ScreenReply> {
  try {
    const ready = await screening;
    await (await sandbox).ready();
    market.learn(task.news);
    market.look(task.symbols, task.tickers);
    const { id, request, kind } = task;
    return { id, result: kind === "screen" ? ready.screen(request) : preview(ready, request as PreviewRequest) };
  } catch (cause) {
    if (cause instanceof FilterCodeFault) {
      return { id: task.id, fault: "filter", message: cause.what, place: cause.place };
    }
    const fault = cause instanceof InvalidInput ? "request" : "internal";
    return { id: task.id, fault, message: cause instanceof Error ? cause.message : String(cause) };
  }
}
