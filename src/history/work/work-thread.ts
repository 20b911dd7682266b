import { reasonOf } from "../../core/mod.ts";
import { readDump } from "../dump/read-dump.ts";
import { Sheet } from "../sheet.ts";
import type { WorkAnswer, WorkRequest } from "./messages.ts";
import { packSheet } from "./pack-sheet.ts";

declare const self: Worker;

self.onmessage = async ({ data: { id, job } }: MessageEvent<WorkRequest>) => {
  try {
    if (job.kind === "read") {
      const { sheet, ...read } = readDump(job.dump);
      const { bytes } = sheet;
      const answer: WorkAnswer = { id, read: { ...read, bytes } };
      self.postMessage(answer, [bytes.cells.buffer, bytes.marks.buffer]);
    } else {
      const packed = await packSheet(new Sheet(job.sheet), job.path);
      const answer: WorkAnswer = { id, packed };
      self.postMessage(answer);
    }
  } catch (cause) {
    const answer: WorkAnswer = { id, failed: reasonOf(cause) };
    self.postMessage(answer);
  }
};
