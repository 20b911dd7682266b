import { expect, test } from "bun:test";
import { signal } from "@preact/signals";
import { submit } from "./submit.ts";

test("a form does one thing at a time, says what is wrong, and is there again even when that breaks", async () => {
  const form = { isBusy: signal(false), fault: signal("") };
  const gate = Promise.withResolvers<string | undefined>();
  const first = submit(form, () => gate.promise);
  expect(form.isBusy.value).toBe(true);
  await submit(form, () => Promise.reject(new Error("asked twice")));
  gate.resolve("It is wrong.");
  await first;
  expect([form.isBusy.value, form.fault.value]).toEqual([false, "It is wrong."]);
  await submit(form, () => Promise.reject(new Error("the network is gone")));
  expect([form.isBusy.value, form.fault.value]).toEqual([
    false,
    "Something went wrong: the network is gone. Try again.",
  ]);
  await submit(form, () => Promise.resolve(undefined));
  expect([form.isBusy.value, form.fault.value]).toEqual([false, ""]);
});
