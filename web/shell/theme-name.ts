/** The name under which the browser keeps the chosen theme. */
export const KEPT_AS = "vyx.theme";
