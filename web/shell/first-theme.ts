import { KEPT_AS } from "./theme-name.ts";

// Runs before the browser's first picture, so that the page never flashes in the system's theme before it takes the chosen one.
try {
  const theme = localStorage.getItem(KEPT_AS);
  if (theme === "dark" || theme === "light") document.documentElement.setAttribute("data-theme", theme);
} catch {
  // The browser's storage may be blocked; then the page follows the system.
}
