import type { ReactNode } from "react";
import { schemaOf } from "../forms/schema";
import { usePalette } from "../store/palette";
import { useProject } from "../store/project";
import { useText } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { removeConnection, usersOf, type Where } from "./connections";
import { useAllFlows } from "./useAllFlows";

interface Props {
  where: Where;
  name: string;
  onClose(): void;
  onDone(): void;
}

/** Ask before a connection goes: who uses it. */
export function DeleteConnection({ where, name, onClose, onDone }: Props): ReactNode {
  const t = useText();
  const content = useProject((state) => state);
  const types = usePalette((state) => state.types);
  const loaded = useAllFlows(where.flow === null);
  const users = usersOf(content, where, name, (type) => schemaOf(types[type]?.schema));
  const named = users.map(({ flow, node }) => (flow === where.flow ? node : `${flow}/${node}`)).join(", ");
  const remove = (): void => {
    const { commit, active } = useProject.getState();
    commit(t("connection.step.delete", { name }), where.flow ?? active ?? "", (now) => removeConnection(now, where, name));
    onDone();
  };
  return (
    <Dialog
      title={t("connection.delete", { name })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("button.cancel")}</Button>
          <Button look="danger" icon="bin" disabled={!loaded} onClick={remove}>
            {t("connection.delete.short")}
          </Button>
        </>
      }
    >
      <p>{!loaded ? t("form.loading") : users.length > 0 ? t("connection.delete.used", { users: named }) : t("connection.delete.sure", { name })}</p>
    </Dialog>
  );
}
