/** Attributes of a control that may not be used. */
export interface ActionProps {
  readonly "aria-disabled"?: true;
  readonly title?: string;
}

/** Attributes of a control: dimmed, with the reason as its title, if `lack` says why it may not be used; otherwise with its own title. */
export function actionProps(lack: string | undefined, title?: string): ActionProps {
  if (lack !== undefined) return { "aria-disabled": true, title: lack };
  return title === undefined ? {} : { title };
}
