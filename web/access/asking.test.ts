import { expect, test } from "bun:test";
import { signal } from "@preact/signals";
import { ask } from "./asking.ts";

test("a form does one thing at a time, says what is wrong, and is there again even when that breaks", async () => {
  const form = { isAsking: signal(false), fault: signal("") };
  const gate = Promise.withResolvers<string | undefined>();
  const first = ask(form, () => gate.promise);
  expect(form.isAsking.value).toBe(true);
  await ask(form, () => Promise.reject(new Error("asked twice")));
  gate.resolve("It is wrong.");
  await first;
  expect([form.isAsking.value, form.fault.value]).toEqual([false, "It is wrong."]);
  await ask(form, () => Promise.reject(new Error("the network is gone")));
  expect([form.isAsking.value, form.fault.value]).toEqual([
    false,
    "Something went wrong: the network is gone. Try again.",
  ]);
  await ask(form, () => Promise.resolve(undefined));
  expect([form.isAsking.value, form.fault.value]).toEqual([false, ""]);
});
