import type { FieldTemplateProps } from "@rjsf/utils";
import type { ReactNode } from "react";
import { Faults } from "../fields/FieldFrame";

/** What the library draws around objects and lists; plain values have a frame of their own. */
export function FieldTemplate({ id, children, rawErrors }: FieldTemplateProps): ReactNode {
  return (
    <>
      {children}
      <Faults id={id} errors={rawErrors ?? []} />
    </>
  );
}
