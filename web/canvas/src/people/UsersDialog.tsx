import { type ReactNode, useCallback, useState } from "react";
import { get } from "../api/client";
import type { User, Users } from "../api/types";
import { useView } from "../store/view";
import { useText } from "../text";
import { Dialog } from "../ui/Dialog";
import { useActs } from "./acts";
import { AddUser } from "./AddUser";
import { RightsPane } from "./RightsPane";
import { UserRow } from "./UserRow";
import "../shell/dialogs.css";
import "./people.css";

/** Who may sign in, and what each may do. For admins. */
export function UsersDialog(): ReactNode {
  const t = useText();
  const close = useView((state) => state.closeDialog);
  const [users, setUsers] = useState<User[]>([]);
  const load = useCallback(async () => setUsers((await get<Users>("/api/users")).users), []);
  const { act, error } = useActs(load);
  return (
    <Dialog title={t("shell.users")} onClose={close} wide actions={<AddUser act={act} />}>
      <p role="alert" className="shell-error">
        {error}
      </p>
      <div className="shell-scroll">
        <table className="shell-table people-table">
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
      <RightsPane />
    </Dialog>
  );
}
