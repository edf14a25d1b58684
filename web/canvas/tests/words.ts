/** Tests read words of every room. */
import { loadRest } from "../src/text";

await loadRest(); // of the first page as well
