import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { noticeTimeMs } from "./notice-time.ts";
import type { Router } from "./router.ts";

/**
 * What the page has to say: a link is copied, or the page shows something else than its address asked for. It lies over the page, so that
 * nothing moves, and goes after the time that it takes to read, but not while it is pointed at or has the focus. Screen readers find the
 * last one until the next navigation.
 */
export function Notice({ router }: { router: Router }): JSX.Element {
  const text = router.notice.value;
  const last = useSignal("");
  const box = useRef<HTMLDivElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const leave = (): void => {
    last.value = router.notice.peek();
    router.notice.value = "";
  };
  const stay = (): void => clearTimeout(timer.current);
  const wait = (): void => {
    stay();
    if (router.notice.peek() === "" || box.current?.matches(":hover, :focus-within") === true) return;
    timer.current = setTimeout(leave, noticeTimeMs(router.notice.peek()));
  };
  useSignalEffect(() => {
    void router.route.value;
    last.value = "";
  });
  useSignalEffect(() => {
    void router.notice.value;
    wait();
  });
  return (
    <div
      ref={box}
      class={text === "" ? "unseen" : "notice"}
      onPointerEnter={stay}
      onPointerLeave={wait}
      onFocusIn={stay}
      onFocusOut={wait}
    >
      <p role="status">{text || last}</p>
      {text === "" ? null : (
        <button type="button" class="icon-button" aria-label="Dismiss" onClick={leave}>
          ×
        </button>
      )}
    </div>
  );
}
