// The screening thread's program, with a sandbox that hangs at a word in the code: what a fault of the real one would do.
import { stopwatch, threadTime } from "../../src/cli/stopwatch.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { answerTasks, type ScreenTask, type ThreadSandbox } from "../../src/screening/mod.ts";
import { HANGS, HANGS_BUSILY, HANGS_WHEN_READ } from "./screens.ts";

/** A filter that hangs asleep wakes so often, in milliseconds: a thread that is ended ends then. */
const NAP_MS = 10;

declare const self: Worker;

const answer = answerTasks({
  sandbox: createSandbox({ stopwatch, threadTime }).then(hangsAtWords),
  stopwatch,
  post: (reply) => self.postMessage(reply),
});
self.onmessage = ({ data }: MessageEvent<ScreenTask>) => answer(data);

function hangsAtWords(sandbox: ThreadSandbox): ThreadSandbox {
  return {
    ready: () => sandbox.ready(),
    figures: () => sandbox.figures(),
    check: (code) => {
      if (code.includes(HANGS_WHEN_READ)) hang();
      return sandbox.check(code);
    },
    watch: (code) => sandbox.watch(code),
    prepare: (code) => {
      const filter = sandbox.prepare(code);
      if (code.includes(HANGS_BUSILY)) return { ...filter, run: loop };
      return { ...filter, run: (input) => (code.includes(HANGS) ? hang() : filter.run(input)) };
    },
  };
}

/** Takes no processor, which other tests need. */
function hang(): never {
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (;;) Atomics.wait(never, 0, 0, NAP_MS);
}

function loop(): never {
  for (;;);
}
