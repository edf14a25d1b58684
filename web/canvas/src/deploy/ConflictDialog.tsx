import { type ReactNode, useEffect, useState } from "react";
import { ApiError } from "../api/client";
import type { Conflict } from "../api/types";
import { said } from "../api/said";
import { settle } from "../shell/loading";
import { useView } from "../store/view";
import { useText } from "../text";
import { Dialog } from "../ui/Dialog";
import { ConflictCard } from "./ConflictCard";
import { preview } from "./deploy";
import { requestFor } from "./request";
import "./deploy.css";

/** What someone else deployed while this flow was edited here. */
export function ConflictDialog({ flow }: { flow: string }): ReactNode {
  const t = useText();
  const close = useView((state) => state.closeDialog);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const [words, setWords] = useState("");
  useEffect(() => {
    preview(requestFor([flow], "changed", ""))
      .then(({ conflicts }) => {
        const found = conflicts.find((one) => one.flow === flow) ?? null;
        setConflict(found);
        setWords(found === null ? t("deploy.no-conflict") : "");
      })
      .catch((error: unknown) => setWords(error instanceof ApiError ? said(error) : String(error)));
  }, [flow, t]);
  return (
    <Dialog title={t("deploy.conflict", { flow })} onClose={close} wide>
      {conflict === null ? (
        <p>{words || t("deploy.looking")}</p>
      ) : (
        <ConflictCard
          conflict={conflict}
          onTheirs={close}
          onOurs={() => {
            settle(flow, conflict.revision);
            close();
          }}
        />
      )}
    </Dialog>
  );
}
