import { Dashboard } from "./dashboard.js";
import { startPage } from "./page.js";

startPage(Dashboard);
