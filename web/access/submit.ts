import type { Signal } from "@preact/signals";

/** Does what a form is for, once at a time, and says what is wrong with it. The form is there again whatever happens. */
export async function submit(
  { isBusy, fault }: { readonly isBusy: Signal<boolean>; readonly fault: Signal<string> },
  work: () => Promise<string | undefined>,
): Promise<void> {
  if (isBusy.peek()) return;
  isBusy.value = true;
  try {
    fault.value = (await work()) ?? "";
  } catch (cause) {
    fault.value = `Something went wrong: ${cause instanceof Error ? cause.message : cause}. Try again.`;
  } finally {
    isBusy.value = false;
  }
}
