import type { ReactNode } from "react";
import type { Models } from "../api/types";
import { useView } from "../store/view";
import { useText } from "../text";
import { Dialog } from "../ui/Dialog";
import { ModelRows } from "./ModelRows";
import { useAgain } from "./useAgain";
import "./parts.css";
import "./models.css";

/** The versions of learned models, who uses them, and how good they are there, as long as it is open. */
export function ModelsDialog(): ReactNode {
  const t = useText();
  const close = useView((state) => state.closeDialog);
  const { found, error } = useAgain<Models>("/api/models");
  return (
    <Dialog title={t("models.title")} onClose={close} wide>
      <p role="alert" className="shell-error">
        {error || found?.problems.join("\n")}
      </p>
      {found === null && error === "" && <p>{t("models.loading")}</p>}
      {found !== null && found.problems.length === 0 && found.models.length === 0 && <p>{t("models.none")}</p>}
      {found !== null && found.models.length > 0 && (
        <div className="shell-scroll">
          <table className="shell-table parts-table models-table">
            <thead>
              <tr>
                <th scope="col">{t("models.version")}</th>
                <th scope="col">SHA-256</th>
                <th scope="col">{t("models.used")}</th>
                <th scope="col">{t("models.count")}</th>
                <th scope="col">{t("models.error")}</th>
                <th scope="col">{t("models.bias")}</th>
                <th scope="col">{t("models.coverage")}</th>
                <th scope="col">{t("models.difference")}</th>
              </tr>
            </thead>
            {found.models.map((model) => (
              <ModelRows key={`${model.state} ${model.file} ${model.uses.map(({ flow, node, role }) => `${flow}/${node} ${role}`).join()}`} model={model} />
            ))}
          </table>
        </div>
      )}
    </Dialog>
  );
}
