// sinks/wall/page/i18n.js — every text of the page in Vietnamese and English, and the language that the reader chose.
//
// Texts that stand in index.html carry data-text (content), data-label (aria-label and tooltip) or
// data-hint (placeholder); translate() fills them.  `{name}` is replaced by say(key, {name}).

const words = {
    // severities, states, qualities
    critical: ['Khẩn cấp', 'Critical'],
    major: ['Nghiêm trọng', 'Major'],
    minor: ['Vừa', 'Minor'],
    warning: ['Lưu ý', 'Warning'],
    none: ['Không có', 'None'],
    UNACK: ['Chưa xác nhận', 'Unacknowledged'],
    ACKED: ['Đã xác nhận', 'Acknowledged'],
    RTNUN: ['Đã hết, chờ xác nhận', 'Returned, unacknowledged'],
    NORM: ['Bình thường', 'Normal'],
    PEND: ['Đang chờ đủ điều kiện', 'Pending'],
    doubtful: ['Chưa kiểm chứng', 'Doubtful'],
    shelved: ['Tạm hoãn', 'Shelved'],
    suppressed: ['Ẩn theo nguyên nhân', 'Suppressed'],
    maintenance: ['Bảo trì', 'Maintenance'],
    good: ['Tốt', 'Good'],
    uncertain: ['Chưa chắc chắn', 'Uncertain'],
    stale: ['Dữ liệu cũ', 'Stale'],
    offline: ['Mất kết nối', 'Offline'],
    unknown: ['Không rõ', 'Unknown'],
    absent: ['Chưa kết nối', 'Not connected'],

    // frame
    page: ['Bảng điều hành thành phố', 'City operations wall'],
    skip: ['Đến danh sách cảnh báo', 'Skip to the alert list'],
    alerts: ['Cảnh báo', 'Alerts'],
    map: ['Bản đồ', 'Map'],
    health: ['Nguồn dữ liệu', 'Sources'],
    views: ['Chọn màn hình', 'Choose a view'],
    language: ['English', 'Tiếng Việt'],
    languageHelp: ['Switch to English', 'Chuyển sang tiếng Việt'],
    help: ['Phím tắt', 'Keys'],
    close: ['Đóng', 'Close'],
    cancel: ['Thôi', 'Cancel'],
    unackCounts: ['Cảnh báo đang hoạt động theo mức', 'Active alerts by severity'],
    tile: ['{severity}: {unack} chưa xác nhận, {active} đang hoạt động', '{severity}: {unack} unacknowledged, {active} active'],
    ofActive: ['chưa xác nhận / tổng', 'unacked / active'],
    user: ['Người trực: {name}', 'Operator: {name}'],
    ago: ['{span} trước', '{span} ago'],
    unitS: ['giây', 's'],
    unitMin: ['phút', 'min'],
    unitH: ['giờ', 'h'],
    unitD: ['ngày', 'd'],

    // link and banners
    linkUp: ['Đang nối', 'Connected'],
    linkDown: ['Mất nối', 'Disconnected'],
    linkWait: ['Đang nối…', 'Connecting…'],
    bannerDown: ['Màn hình mất kết nối từ {time}. Số liệu dưới đây là số cuối cùng đã biết.',
        'Wall disconnected since {time}. What is shown are the last known values.'],
    bannerSession: ['Phiên làm việc đã hết. Mở lại màn hình bằng địa chỉ mới do máy chủ in ra.',
        'The session has ended. Open the wall again with the new address that the server printed.'],
    bannerRedis: ['Redis không trả lời từ {time}. Số liệu dưới đây là số cuối cùng đã biết.',
        'Redis stale since {time}. What is shown are the last known values.'],
    bannerEngine: ['Không có bộ xử lý nào chạy từ {time}. Không cảnh báo mới nào có thể xuất hiện.',
        'No engine since {time}. No new alert can appear.'],
    bannerEngineNever: ['Không có bộ xử lý nào chạy. Không cảnh báo mới nào có thể xuất hiện.',
        'No engine is running. No new alert can appear.'],
    bannerLag: ['Luồng dữ liệu chậm {span}.', 'The feed lags {span} behind.'],
    bannerClock: ['Đồng hồ máy này lệch {span} so với máy chủ; màn hình dùng giờ máy chủ.',
        'This computer’s clock is {span} off; the wall uses the server’s time.'],
    bannerSchema: ['Máy chủ dùng phiên bản dữ liệu {n}; hãy tải lại trang.', 'The server speaks schema {n}; reload this page.'],
    bannerAreas: ['Không tải được ranh giới khu vực: {why}', 'The areas could not be loaded: {why}'],
    flood: ['Dồn dập: {n} cảnh báo mới trong 10 phút. Xem theo nhóm để thấy nơi bắt đầu.',
        'Alert flood: {n} new alerts in 10 minutes. Group them to see where it began.'],
    groupNow: ['Nhóm theo khu vực', 'Group by area'],
    newIn10: ['Mới trong 10 phút: {n}', 'New in 10 minutes: {n}'],
    waiting: ['Đang chờ số liệu đầu tiên…', 'Waiting for the first data…'],

    // alert list
    tabActive: ['Đang hoạt động', 'Active'],
    tabShelved: ['Tạm hoãn', 'Shelved'],
    tabOut: ['Ẩn / bảo trì', 'Suppressed / maintenance'],
    pendingN: ['{n} đang chờ đủ điều kiện', '{n} pending'],
    search: ['Tìm cảnh báo', 'Search alerts'],
    allAreas: ['Mọi khu vực', 'All areas'],
    noArea: ['Không rõ khu vực', 'Unknown area'],
    allStates: ['Mọi trạng thái', 'All states'],
    areaFilter: ['Khu vực', 'Area'],
    stateFilter: ['Trạng thái', 'State'],
    severityFilter: ['Mức', 'Severity'],
    filters: ['Lọc', 'Filter'],
    grouping: ['Nhóm', 'Grouping'],
    groupNone: ['Không nhóm', 'No groups'],
    groupArea: ['Theo khu vực', 'By area'],
    groupRule: ['Theo quy tắc', 'By rule'],
    order: ['Thứ tự trong cùng mức', 'Order within a priority'],
    newest: ['Mới nhất trước', 'Newest first'],
    oldest: ['Lâu nhất trước', 'Oldest first'],
    clearFilters: ['Bỏ lọc', 'Clear filters'],
    shownOf: ['{n} trong {all} cảnh báo', '{n} of {all} alerts'],
    hiddenCritical: ['Bộ lọc đang che {n} cảnh báo khẩn cấp chưa xác nhận', 'The filter hides {n} unacknowledged critical alerts'],
    moreBelow: ['còn {n} bên dưới', '{n} more below'],
    moreAbove: ['còn {n} bên trên', '{n} more above'],
    moreOnServer: ['Máy chủ còn {n} cảnh báo chưa gửi tới màn hình này', 'The server holds {n} more alerts that this wall has not received'],
    nothing: ['Không có cảnh báo', 'No alerts'],
    nothingFound: ['Không có cảnh báo khớp bộ lọc', 'No alert matches the filters'],
    since: ['từ {time}', 'since {time}'],
    times: ['{n} lần', '{n} times'],
    ackBy: ['{name} xác nhận {time}', 'acknowledged by {name} {time}'],
    confirmedAgo: ['Chưa kiểm chứng: số liệu cuối {span} trước', 'Doubtful: last confirmed {span} ago'],
    confirmedUnknown: ['Chưa kiểm chứng: không rõ số liệu cuối', 'Doubtful: last confirmation unknown'],
    shelvedUntil: ['Tạm hoãn đến {time} (còn {span})', 'Shelved until {time} ({span} left)'],
    noTitle: ['(không có tiêu đề)', '(no title)'],
    groupLine: ['{n} cảnh báo, {unack} chưa xác nhận, đầu tiên {time}', '{n} alerts, {unack} unacknowledged, first {time}'],
    rowLabel: ['{severity}, {state}, {title}', '{severity}, {state}, {title}'],

    // commands
    ack: ['Xác nhận', 'Acknowledge'],
    unack: ['Bỏ xác nhận', 'Unacknowledge'],
    shelve: ['Tạm hoãn…', 'Shelve…'],
    unshelve: ['Bỏ hoãn', 'Unshelve'],
    note: ['Ghi chú…', 'Note…'],
    details: ['Chi tiết', 'Details'],
    opAck: ['Xác nhận', 'Acknowledge'],
    opUnack: ['Bỏ xác nhận', 'Unacknowledge'],
    opShelve: ['Tạm hoãn', 'Shelve'],
    opUnshelve: ['Bỏ hoãn', 'Unshelve'],
    opNote: ['Ghi chú', 'Note'],
    sending: ['đang gửi…', 'sending…'],
    queued: ['đã gửi, chờ bộ xử lý', 'sent, waiting for the engine'],
    done: ['đã thực hiện', 'done'],
    refused: ['bị từ chối: {why}', 'refused: {why}'],
    failed: ['chưa gửi được: {why}', 'not sent: {why}'],
    lost: ['không có trả lời sau {span}; xem lại trạng thái cảnh báo', 'no answer after {span}; check the alert’s state'],
    commandLog: ['Lệnh gần đây', 'Recent commands'],
    tooManyCommands: ['quá nhiều lệnh đang chờ', 'too many commands are waiting'],
    'no-such-alert': ['cảnh báo không còn', 'the alert no longer exists'],
    changed: ['cảnh báo đã thay đổi, hãy xem lại', 'the alert has changed, look again'],
    expired: ['lệnh quá hạn', 'the command was too late'],
    repeated: ['lệnh đã được nhận trước đó', 'the command had been received before'],
    'bad-mac': ['chữ ký của cổng không đúng', 'the gateway’s signature is wrong'],
    malformed: ['lệnh sai dạng', 'the command is malformed'],
    'wrong-gate': ['sai cổng', 'wrong gateway'],
    http400: ['máy chủ cho là lệnh sai dạng', 'the server calls it malformed'],
    http401: ['phiên làm việc đã hết', 'the session has ended'],
    http403: ['không được phép', 'not allowed'],
    http413: ['quá dài', 'too long'],
    http415: ['sai kiểu nội dung', 'wrong content type'],
    http429: ['quá nhiều lệnh, chờ một giây', 'too many commands, wait a second'],
    http503: ['Redis không trả lời', 'Redis does not answer'],
    noNetwork: ['mất kết nối tới máy chủ', 'no connection to the server'],

    // dialogs
    shelveTitle: ['Tạm hoãn cảnh báo', 'Shelve the alert'],
    shelveText: ['Cảnh báo vẫn được theo dõi và đếm; nó trở lại khi hết giờ hoặc khi nặng hơn.',
        'The alert is still watched and counted; it comes back when the time is over or when it gets worse.'],
    shelveLimit: ['Tối đa {n} giờ cho mức {severity}.', 'At most {n} h for {severity}.'],
    until: ['Đến khi', 'Until'],
    reason: ['Lý do (bắt buộc)', 'Reason (required)'],
    reasonNeeded: ['Phải ghi lý do.', 'A reason is required.'],
    reasonLong: ['Lý do dài quá 500 byte.', 'The reason is longer than 500 bytes.'],
    untilNeeded: ['Chọn thời hạn.', 'Choose an end.'],
    noteTitle: ['Ghi chú vào cảnh báo', 'Add a note to the alert'],
    noteText: ['Nội dung (bắt buộc)', 'Text (required)'],
    helpTitle: ['Phím tắt', 'Keyboard'],
    helpMove: ['Chọn cảnh báo', 'Choose an alert'],
    helpEnter: ['Mở chi tiết', 'Open details'],
    helpFilter: ['Lọc theo mức: khẩn cấp … lưu ý', 'Filter by severity: critical … warning'],
    helpViews: ['Đang hoạt động, tạm hoãn, ẩn', 'Active, shelved, suppressed'],
    helpSearch: ['Tìm', 'Search'],
    helpEscape: ['Đóng, bỏ lọc', 'Close, clear filters'],
    helpNext: ['Cảnh báo chưa xác nhận đầu tiên', 'First unacknowledged alert'],
    helpShapes: ['Hình dạng', 'Shapes'],

    // sound
    soundOff: ['Âm thanh tắt', 'Sound off'],
    soundOn: ['Âm thanh bật', 'Sound on'],
    soundMuted: ['Tắt tiếng đến {time}', 'Muted until {time}'],
    soundTitle: ['Âm thanh cho cảnh báo khẩn cấp', 'Sound for critical alerts'],
    soundText: ['Đầu ca trực, phát thử và xác nhận đã nghe rõ. Mất kết nối có âm riêng, trầm hơn.',
        'At the start of a shift play the test tone and confirm that you heard it. A lost connection has its own, lower sound.'],
    soundTest: ['Phát thử', 'Play the test tone'],
    soundHeard: ['Tôi đã nghe rõ, bật', 'I heard it, switch on'],
    soundMute: ['Tắt tiếng có thời hạn', 'Mute for a time'],
    soundUnmute: ['Bật lại tiếng', 'Unmute'],
    soundStop: ['Tắt hẳn', 'Switch off'],
    soundNone: ['Trình duyệt này không phát được âm thanh.', 'This browser cannot play sound.'],
    mutedBecause: ['Lý do: {why}', 'Reason: {why}'],
    minutes: ['{n} phút', '{n} min'],
    hours: ['{n} giờ', '{n} h'],

    // details
    what: ['Nội dung', 'What'],
    place: ['Nơi', 'Place'],
    begun: ['Bắt đầu', 'Began'],
    active: ['Hoạt động từ', 'Active since'],
    updated: ['Cập nhật', 'Updated'],
    raised: ['Số lần', 'Times raised'],
    priority: ['Ưu tiên', 'Priority'],
    rule: ['Quy tắc', 'Rule'],
    owner: ['Đơn vị', 'Owner'],
    object: ['Đối tượng', 'Object'],
    acknowledgedBy: ['Người xác nhận', 'Acknowledged by'],
    shelvedBy: ['Người hoãn', 'Shelved by'],
    noteOf: ['Ghi chú', 'Note'],
    response: ['Việc cần làm', 'What to do'],
    decidedBy: ['Số liệu quyết định', 'Decided by'],
    labels: ['Nhãn', 'Labels'],
    id: ['Mã', 'Id'],
    history: ['Diễn biến', 'History'],
    historyFailed: ['Không tải được diễn biến: {why}', 'The history could not be loaded: {why}'],
    historyNone: ['Chưa có diễn biến', 'No transitions yet'],
    gone: ['Cảnh báo này đã kết thúc.', 'This alert has ended.'],
    showOnMap: ['Xem trên bản đồ', 'Show on the map'],
    cause: ['vì', 'by'],
    causeEvent: ['số liệu mới', 'a reading'],
    causeTimer: ['đủ thời gian', 'a timer'],
    causePerson: ['người trực', 'a person'],
    causeSilence: ['nguồn im lặng hoặc nói lại', 'silence of the source'],
    causeMissing: ['thiếu giá trị', 'a missing value'],
    causeWorse: ['nặng hơn', 'worse'],
    causeBetter: ['nhẹ hơn', 'better'],
    causeReload: ['quy tắc thay đổi', 'a changed rule'],
    causeExpired: ['hết hạn hoãn', 'the end of a shelve'],
    'causeAged-out': ['ra khỏi cửa sổ tính', 'ageing out'],
    'causeKey-moved': ['đổi nơi thuộc về', 'a moved key'],
    causeRestart: ['bộ xử lý khởi động lại', 'an engine restart'],

    // map, entity, area
    mapLabel: ['Bản đồ khu vực và thiết bị', 'Map of areas and devices'],
    zoomIn: ['Phóng to', 'Zoom in'],
    zoomOut: ['Thu nhỏ', 'Zoom out'],
    wholeCity: ['Toàn thành phố', 'Whole city'],
    legend: ['Chú giải', 'Legend'],
    normal: ['Bình thường', 'Normal'],
    value: ['Giá trị', 'Value'],
    valueAge: ['Đo lúc', 'Measured'],
    quality: ['Chất lượng', 'Quality'],
    kind: ['Loại', 'Kind'],
    stream: ['Luồng', 'Stream'],
    trend: ['Từ khi mở trang', 'Since the page was opened'],
    trendNone: ['Chưa có số liệu mới từ khi mở trang', 'No new value since the page was opened'],
    entities: ['Thiết bị', 'Devices'],
    entityAlerts: ['Cảnh báo tại đây', 'Alerts here'],
    onlyArea: ['Chỉ xem khu vực này', 'Show only this area'],
    noData: ['không có số liệu', 'no data'],
    devicesN: ['{n} thiết bị', '{n} devices'],
    noMapAreas: ['Thành phố này không có ranh giới khu vực', 'This city has no area borders'],

    // health panel
    engine: ['Bộ xử lý', 'Engine'],
    engines: ['Nhịp của bộ xử lý', 'Engine heartbeat'],
    engineNone: ['không có', 'none'],
    lag: ['Độ trễ', 'Feed lag'],
    perSecond: ['{n}/giây', '{n}/s'],
    eventsN: ['Sự kiện', 'Events'],
    messagesN: ['Bản tin', 'Messages'],
    rateN: ['Tốc độ', 'Rate'],
    deadN: ['Bị loại', 'Dead letters'],
    droppedN: ['Bị bỏ', 'Dropped'],
    lostN: ['Bị mất', 'Lost'],
    lastSeen: ['Bản tin cuối', 'Last message'],
    neverSeen: ['chưa có', 'never'],
    sourceState: ['Trạng thái', 'State'],
    sourceName: ['Nguồn', 'Source'],
    connecting: ['Đang nối', 'Connecting'],
    up: ['Hoạt động', 'Up'],
    down: ['Mất kết nối', 'Down'],
    ended: ['Đã hết', 'Ended'],
    noSources: ['Chưa nguồn nào được báo', 'No source has been reported'],
    sourcesSummary: ['{up} / {all} nguồn hoạt động', '{up} of {all} sources up'],
    redisUp: ['Redis hoạt động', 'Redis up'],
    redisDown: ['Redis mất', 'Redis down'],
    raisedTotal: ['Đã phát', 'Raised'],
    clearedTotal: ['Đã hết', 'Cleared'],
};

const languages = ['vi', 'en'];
const storageKey = 'ioc.wall.language';
const listeners = [];
let current = 'vi';

try {
    const stored = localStorage.getItem(storageKey);
    if (languages.includes(stored))
        current = stored;
} catch { /* storage is forbidden here: the default stays */ }

export function language() {
    return current;
}

export function isKnown(key) {
    return Object.hasOwn(words, key);
}

export function say(key, values = undefined) {
    const entry = Object.hasOwn(words, key) ? words[key] : undefined;
    if (!entry)
        return key;
    const text = entry[languages.indexOf(current)];
    return values ? text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole) : text;
}

export function units() {
    return { s: say('unitS'), min: say('unitMin'), h: say('unitH'), d: say('unitD') };
}

export function onLanguage(listener) {
    listeners.push(listener);
}

export function translate(root = document) {
    for (const element of root.querySelectorAll('[data-text]'))
        element.textContent = say(element.dataset.text);
    for (const element of root.querySelectorAll('[data-label]')) {
        element.setAttribute('aria-label', say(element.dataset.label));
        element.title = say(element.dataset.label);
    }
    for (const element of root.querySelectorAll('[data-hint]')) {
        element.placeholder = say(element.dataset.hint);
        element.setAttribute('aria-label', say(element.dataset.hint));
    }
}

export function setLanguage(next) {
    if (!languages.includes(next))
        return;
    current = next;
    document.documentElement.lang = next;
    try {
        localStorage.setItem(storageKey, next);
    } catch { /* not kept then */ }
    translate();
    for (const listener of listeners)
        listener();
}

export function switchLanguage() {
    setLanguage(current === 'vi' ? 'en' : 'vi');
}
