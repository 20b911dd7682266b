/** Why the browser shows no notifications. */
export type NotifyFault = "unsupported" | "insecure" | "blocked" | "unanswered" | "installed only";

/** What the user can do about it. */
const WORDS: Readonly<Record<NotifyFault, string>> = {
  unsupported: "This browser doesn't support notifications.",
  insecure: "Browsers show notifications only for pages over HTTPS or on localhost. Open this page over HTTPS.",
  blocked:
    "This browser blocks notifications for this site. To allow them, open the site settings at the icon beside the address, set Notifications to Allow, and press Notify again.",
  unanswered: "The browser's question was closed without an answer. Press Notify again and choose Allow.",
  "installed only": "This browser shows notifications for installed pages only.",
};

/** Why the browser shows no notifications, and what to do, in words. */
export function notifyFaultText(fault: NotifyFault): string {
  return WORDS[fault];
}
