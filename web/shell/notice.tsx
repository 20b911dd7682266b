import type { JSX } from "preact";
import type { Router } from "./router.ts";

/** Why the page shows something else than its address asked for; the next navigation takes it away. */
export function Notice({ router }: { router: Router }): JSX.Element {
  const text = router.notice.value;
  return (
    <p class={text === "" ? "unseen" : "notice"} role="status">
      {text}
    </p>
  );
}
