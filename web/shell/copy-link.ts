import { copyText } from "./copy-text.ts";
import type { Router } from "./router.ts";

/** Copies the link to what the page shows. Where the browser doesn't let it, the page shows the link. */
export async function copyLink(router: Router): Promise<void> {
  const link = router.link();
  router.notice.value = (await copyText(link))
    ? "The link is copied."
    : `The browser doesn't let the page copy. The link is ${link}`;
}
