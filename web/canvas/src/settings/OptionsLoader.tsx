import { lazy, type ReactNode, Suspense } from "react";
import type { FormPlace } from "../forms/place";
import type { Options, Schema } from "../forms/schema";
import type { Told } from "../forms/told";
import { FormLoading } from "./FormLoading";

const OptionsForm = lazy(() => import("../forms/OptionsForm"));

export interface FormProps {
  schema: Schema;
  options: Options;
  place: FormPlace;
  told: Told[];
  readonly: boolean;
  onChange(options: Options, mark: string): void;
}

/** A form, fetched with the first one that is opened. */
export function OptionsLoader(props: FormProps): ReactNode {
  return (
    <Suspense fallback={<FormLoading className="form-about" />}>
      <OptionsForm {...props} />
    </Suspense>
  );
}
