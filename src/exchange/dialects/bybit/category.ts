/** The categories of Bybit's markets that the stand-in has. */
export type Category = "spot" | "linear";
