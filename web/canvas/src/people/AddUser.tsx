import { type FormEvent, type ReactNode, useState } from "react";
import { post } from "../api/client";
import type { Role } from "../store/session";
import { useText } from "../text";
import { Button } from "../ui/Button";
import type { Act } from "./acts";
import { ROLES } from "./roles";

/** One more user. It stands at the foot of the dialog: in sight, however many there are. */
export function AddUser({ act }: { act: Act }): ReactNode {
  const t = useText();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [password, setPassword] = useState("");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!(await act(() => post("/api/users", { name: name.trim(), role, password })))) return;
    setName("");
    setPassword("");
  };
  return (
    <form className="people-add" aria-label={t("shell.add-user")} onSubmit={(event) => void submit(event)}>
      <label>
        {t("shell.name")}
        <input required autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} />
      </label>
      <label>
        {t("shell.role")}
        <select value={role} title={t(`shell.role-${role}-may`)} onChange={(event) => setRole(event.target.value as Role)}>
          {ROLES.map((one) => (
            <option key={one} value={one}>
              {t(`shell.role-${one}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("shell.password")}
        <input type="password" required autoComplete="new-password" value={password} onChange={(event) => setPassword(event.target.value)} />
      </label>
      <Button type="submit" look="primary" icon="plus">
        {t("shell.add-user")}
      </Button>
      <p className="shell-quiet">{t(`shell.role-${role}-may`)}</p>
    </form>
  );
}
