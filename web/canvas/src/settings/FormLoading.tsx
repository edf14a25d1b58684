import type { ReactNode } from "react";
import { useText } from "../text";
import { TypedAhead } from "../ui/TypedAhead";
import { useFocusWish } from "./focus";

/** Stands in for a form that is being fetched; for one that is to get the focus it keeps the keys from the canvas. */
export function FormLoading({ className }: { className: string }): ReactNode {
  const t = useText();
  const wished = useFocusWish((state) => state.wish > 0);
  return (
    <>
      <p className={className}>{t("form.loading")}</p>
      {wished && <TypedAhead onEscape={() => useFocusWish.setState({ wish: 0 })} />}
    </>
  );
}
