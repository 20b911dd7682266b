/** Reads colours of the style sheet by their names, as they are in force now, dark or light. `font` is the page's font. */
export function readColors<Colors>(read: (color: (name: string) => string, font: string) => Colors): Colors {
  // A property's own value would be "light-dark(…)"; what comes of it where it is used is a colour.
  const probe = document.body.appendChild(document.createElement("i"));
  const style = getComputedStyle(probe);
  const colors = read((name) => {
    probe.style.color = `var(--${name})`;
    return style.color;
  }, style.fontFamily);
  probe.remove();
  return colors;
}
