import { type ReactNode, useState } from "react";
import { part, request } from "../api/client";
import type { User } from "../api/types";
import { useSession } from "../store/session";
import { useView } from "../store/view";
import { moment, useText } from "../text";
import { Button, IconButton } from "../ui/Button";
import { notify } from "../ui/notices";
import type { Act } from "./acts";
import { ROLES } from "./roles";

/** One user: the role, what he approves for, when he was here; a new password, and the way out. */
export function UserRow({ user, act }: { user: User; act: Act }): ReactNode {
  const t = useText();
  const own = useSession((state) => state.session?.user === user.name);
  const [password, setPassword] = useState<string | null>(null);
  const [sure, setSure] = useState(false);
  const path = `/api/users/${part(user.name)}`;
  return (
    <tr>
      <th scope="row">{user.name}</th>
      <td data-of={t("shell.role")}>
        <select
          aria-label={t("shell.role-of", { name: user.name })}
          value={user.role}
          onChange={(event) => void act(() => request("PATCH", path, { role: event.target.value }))}
        >
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {t(`shell.role-${role}`)}
            </option>
          ))}
        </select>
      </td>
      <td data-of={t("shell.sides")}>
        <select
          aria-label={t("shell.sides-of", { name: user.name })}
          title={t("shell.sides-mean")}
          value={(user.sides ?? []).join(" ")}
          disabled={own}
          onChange={(event) => void act(() => request("PATCH", path, { sides: event.target.value.split(" ").filter(Boolean) }))}
        >
          <option value="">{t("shell.side-none")}</option>
          <option value="it">IT</option>
          <option value="ot">OT</option>
          <option value="it ot">{t("shell.side-both")}</option>
        </select>
      </td>
      <td data-of={t("shell.last-seen")}>{user.last_seen > 0 ? moment(user.last_seen) : t("shell.never")}</td>
      <td data-of={t("shell.password")}>
        {own ? (
          <Button look="quiet" onClick={() => useView.getState().openDialog("password")}>
            {t("shell.own-password")}
          </Button>
        ) : password === null ? (
          <Button look="quiet" aria-label={t("shell.new-password-for", { name: user.name })} onClick={() => setPassword("")}>
            {t("shell.new-password")}
          </Button>
        ) : (
          <form
            className="shell-inline"
            onSubmit={(event) => {
              event.preventDefault();
              void act(() => request("PATCH", path, { password })).then((done) => {
                if (!done) return;
                setPassword(null);
                notify("good", t("shell.password-changed"));
              });
            }}
          >
            <input
              type="password"
              autoFocus
              required
              autoComplete="new-password"
              aria-label={t("shell.new-password-for", { name: user.name })}
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
            <Button type="submit">{t("button.ok")}</Button>
          </form>
        )}
      </td>
      <td>
        {sure ? (
          <Button look="danger" onClick={() => void act(() => request("DELETE", path))}>
            {t("shell.delete-user", { name: user.name })}
          </Button>
        ) : (
          <IconButton icon="bin" label={t("shell.delete-user", { name: user.name })} disabled={own} onClick={() => setSure(true)} />
        )}
      </td>
    </tr>
  );
}
