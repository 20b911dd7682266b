import type { Signal } from "@preact/signals";

/** Submits a form, one request at a time, and shows the error. Enables the form again in every case. */
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
