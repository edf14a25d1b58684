import type { ReactNode } from "react";
import { type Control, wiring } from "../control";

/** Yes or no. */
export function Tick(control: Control): ReactNode {
  const { value, schema, readonly, set } = control;
  return (
    <input
      {...wiring(control)}
      aria-required={undefined}
      type="checkbox"
      checked={(value ?? schema.default) === true}
      disabled={readonly}
      onChange={(event) => set(event.target.checked)}
    />
  );
}
