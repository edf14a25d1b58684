import type { ReactNode } from "react";
import { useText } from "../text";
import { Button } from "../ui/Button";
import "./signin/alone.css";

/** Something is being loaded, or could not be. */
export function Busy({ error, onRetry }: { error: string; onRetry(): void }): ReactNode {
  const t = useText();
  return (
    <main className="shell-alone" aria-busy={error === ""}>
      <h1 className="only-read">{t("app.name")}</h1>
      {error === "" ? (
        <p className="shell-quiet">{t("shell.loading")}</p>
      ) : (
        <div role="alert">
          <p>{error}</p>
          <Button onClick={onRetry}>{t("shell.again")}</Button>
        </div>
      )}
    </main>
  );
}
