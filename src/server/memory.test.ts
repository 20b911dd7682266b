import { dlopen, FFIType } from "bun:ffi";
import { expect, test } from "bun:test";
import { closeSync, ftruncateSync, writeSync } from "node:fs";
import { memoryFigures } from "./memory.ts";

test("resident memory and heap are told", () => {
  const { heap, resident } = memoryFigures();
  expect(heap).toBeGreaterThan(1_000_000);
  expect(resident).toBeGreaterThan(10_000_000);
});

test.skipIf(process.platform !== "linux")("files in memory count by what is written to them", () => {
  const libc = dlopen("libc.so.6", { memfd_create: { args: [FFIType.cstring, FFIType.u32], returns: FFIType.i32 } });
  const before = memoryFigures().shared as number;
  const file = libc.symbols.memfd_create(Buffer.from("of-the-test\0"), 0);
  ftruncateSync(file, 100_000_000);
  writeSync(file, new Uint8Array(1_048_576));
  expect((memoryFigures().shared as number) - before).toBe(1_048_576);
  closeSync(file);
  expect(memoryFigures().shared).toBe(before);
  libc.close();
});
