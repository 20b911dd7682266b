import type { Page } from "../shell/page.ts";
import { priceText } from "../text/price.ts";
import type { ChartMenuEntry } from "./chart-menu.ts";

/** Copies the price of a place as a plain number. Where the browser doesn't let a page copy, over plain HTTP for example, the page shows it. */
export function copyPriceEntry({ router }: Page): ChartMenuEntry {
  return {
    group: "copy",
    label: ({ price, decimals }) => `Copy price ${priceText(price, decimals)}`,
    run: ({ price, decimals }) => {
      const text = price.toFixed(decimals);
      // Without a secure connection there is no clipboard at all.
      const copying = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard"));
      copying.then(
        () => {},
        () => {
          router.notice.value = `The browser doesn't let this page copy. The price is ${text}.`;
        },
      );
    },
  };
}
