import type { ReactNode } from "react";
import { schemaOf } from "../forms/schema";
import { usePalette } from "../store/palette";
import { useProject } from "../store/project";
import { may } from "../store/session";
import { useView } from "../store/view";
import { useText } from "../text";
import { Button, IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { connectionsAt, usersOf } from "./connections";

interface Props {
  /** The flow whose own connections are listed beside the shared ones. */
  flow: string | null;
  readonly: boolean;
  /** The dialog to come back to after editing one. */
  back?: string;
}

/** The connections that a flow can use: its own and the shared ones. */
export function ConnectionList({ flow, readonly, back }: Props): ReactNode {
  const t = useText();
  const content = useProject((state) => state);
  const types = usePalette((state) => state.types);
  const { openDialog } = useView.getState();
  const places = flow === null ? [{ flow: null }] : [{ flow }, { flow: null }];
  const rows = places.flatMap((where) =>
    Object.entries(connectionsAt(content, where)).map(([name, { type }]) => ({
      where,
      name,
      type,
      users: usersOf(content, where, name, (key) => schemaOf(types[key]?.schema)).length,
    })),
  );
  return (
    <section className="settings-part">
      <h3>{t("settings.connections")}</h3>
      {rows.length === 0 && <p className="form-about">{t("settings.connections.none")}</p>}
      <ul className="settings-connections">
        {rows.map(({ where, name, type, users }) => (
          <li key={`${where.flow ?? ""}/${name}`}>
            <Icon name="connection" />
            <span>
              <strong>{name}</strong> <code>{type}</code>
              <small>
                {t(where.flow === null ? "connection.shared" : "connection.own")},{" "}
                {users === 0 ? t("settings.connections.unused") : t("settings.connections.used", { count: users })}
              </small>
            </span>
            <IconButton icon={may("editor", where.flow) ? "edit" : "eye"} label={t("connection.edit", { name })} onClick={() => openDialog("connection", { ...where, name, back })} />
          </li>
        ))}
      </ul>
      {!readonly && (
        <Button look="quiet" icon="plus" onClick={() => openDialog("connection", { flow, back })}>
          {t("connection.add")}
        </Button>
      )}
    </section>
  );
}
