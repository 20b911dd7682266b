/** The browser's storage: strings by name. */
export type PageStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Where drafts of traders are kept. Signing out forgets them. */
export const DRAFTS = "vyx.drafts";

/** Keeps a text. False where the browser's storage is full: what was kept under the name before stays. */
export function keepText(storage: PageStorage, name: string, text: string): boolean {
  try {
    storage.setItem(name, text);
    return true;
  } catch {
    return false;
  }
}

/** What to say where something that the user asked for can't be kept. */
export const STORAGE_FULL = "This browser's storage for the page is full. Remove drawings, lists or screens first.";

/** The browser's storage; where it may not be used, something that forgets when the page is left. */
export function pageStorage(kind: "localStorage" | "sessionStorage"): PageStorage {
  try {
    const storage = globalThis[kind];
    storage.getItem("");
    return storage;
  } catch {
    const kept = new Map<string, string>();
    return {
      getItem: (name) => kept.get(name) ?? null,
      setItem: (name, value) => void kept.set(name, value),
      removeItem: (name) => void kept.delete(name),
    };
  }
}
