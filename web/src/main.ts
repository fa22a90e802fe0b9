// The page is a report, a dashboard, or where pictures are drawn.
import "./style.css";
import { showDashboard } from "./dashboard";
import { readPageData } from "./data";
import { leavePictures, wantedPictures } from "./pictures";
import { showReport } from "./report";

const data = readPageData();
const pictures = wantedPictures();
const page = document.getElementById("page") as HTMLElement;
if (data === null) showDashboard(page);
else if (pictures !== undefined) leavePictures(data, pictures);
else showReport(data, page);
