import type { Router } from "./router.ts";

/** Copies the link to what the page shows. Where the browser doesn't let a page copy, over plain HTTP for example, the page shows the link. */
export async function copyLink(router: Router): Promise<void> {
  const link = router.link();
  try {
    await navigator.clipboard.writeText(link);
    router.notice.value = "The link is copied.";
  } catch {
    router.notice.value = `The browser doesn't let the page copy. The link is ${link}`;
  }
}
