import { type FormEvent, type ReactNode, useCallback, useEffect, useId, useState } from "react";
import { get, part, post, request } from "../api/client";
import type { User, Users } from "../api/types";
import { type Role, useSession } from "../store/session";
import { useView } from "../store/view";
import { moment, useText } from "../text";
import { Button, IconButton } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { notify } from "../ui/notices";
import { RightsPane } from "./RightsPane";
import { said } from "./SignInForm";
import "./dialogs.css";

const ROLES: Role[] = ["viewer", "operator", "editor", "admin"];

/** Who may sign in, and what each may do. For admins. */
export function UsersDialog(): ReactNode {
  const t = useText();
  const close = useView((state) => state.closeDialog);
  const [users, setUsers] = useState<User[]>([]);
  const [error, setError] = useState("");
  const load = useCallback(async () => {
    try {
      setUsers((await get<Users>("/api/users")).users);
    } catch (reason) {
      setError(said(reason));
    }
  }, []);
  useEffect(() => void load(), [load]);
  const act = async (what: () => Promise<unknown>): Promise<boolean> => {
    setError("");
    try {
      await what();
      await load();
      return true;
    } catch (reason) {
      setError(said(reason));
      return false;
    }
  };
  return (
    <Dialog title={t("shell.users")} onClose={close} wide>
      <p role="alert" className="shell-error">
        {error}
      </p>
      <div className="shell-scroll">
        <table className="shell-table">
          <thead>
            <tr>
              <th scope="col">{t("shell.name")}</th>
              <th scope="col">{t("shell.role")}</th>
              <th scope="col">{t("shell.sides")}</th>
              <th scope="col">{t("shell.last-seen")}</th>
              <th scope="col">{t("shell.password")}</th>
              <th scope="col">
                <span className="only-read">{t("shell.delete")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {users.map((user) => (
              <UserRow key={user.name} user={user} act={act} />
            ))}
          </tbody>
        </table>
      </div>
      <AddUser onAdd={(name, role, password) => act(() => post("/api/users", { name, role, password }))} />
      <RightsPane />
    </Dialog>
  );
}

type Act = (what: () => Promise<unknown>) => Promise<boolean>;

function UserRow({ user, act }: { user: User; act: Act }): ReactNode {
  const t = useText();
  const own = useSession((state) => state.session?.user === user.name);
  const [password, setPassword] = useState<string | null>(null);
  const [sure, setSure] = useState(false);
  const path = `/api/users/${part(user.name)}`;
  return (
    <tr>
      <th scope="row">{user.name}</th>
      <td>
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
      <td>
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
      <td>{user.last_seen > 0 ? moment(user.last_seen) : t("shell.never")}</td>
      <td>
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

function AddUser({ onAdd }: { onAdd(name: string, role: Role, password: string): Promise<boolean> }): ReactNode {
  const t = useText();
  const id = useId();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [password, setPassword] = useState("");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!(await onAdd(name.trim(), role, password))) return;
    setName("");
    setPassword("");
  };
  return (
    <form className="shell-add" aria-label={t("shell.add-user")} onSubmit={(event) => void submit(event)}>
      <h3>{t("shell.add-user")}</h3>
      <label htmlFor={`${id}-name`}>{t("shell.name")}</label>
      <input id={`${id}-name`} required autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} />
      <label htmlFor={`${id}-role`}>{t("shell.role")}</label>
      <select id={`${id}-role`} value={role} onChange={(event) => setRole(event.target.value as Role)}>
        {ROLES.map((one) => (
          <option key={one} value={one}>
            {t(`shell.role-${one}`)}
          </option>
        ))}
      </select>
      <label htmlFor={`${id}-password`}>{t("shell.password")}</label>
      <input id={`${id}-password`} type="password" required autoComplete="new-password" value={password} onChange={(event) => setPassword(event.target.value)} />
      <Button type="submit" look="primary" icon="plus">
        {t("shell.add-user")}
      </Button>
      <p className="shell-quiet">{t(`shell.role-${role}-may`)}</p>
    </form>
  );
}
