/// How a report looks: on a wide and a narrow screen, light and dark, and in print.
enum ReportStyle {
    /// Colours of text have a contrast of 7 to 1 and more to their ground (WCAG 2.2, AAA).
    static let sheet: StaticString = """

        :root{color-scheme:light dark;--paper:#fff;--ink:#1c1c1e;--soft:#515157;--line:#d7d7dc;--card:#f4f4f6;
        --link:#0a4aa6}
        *{box-sizing:border-box}
        body{margin:0;background:var(--paper);color:var(--ink);
        font:16px/1.5 system-ui,-apple-system,"Segoe UI",Helvetica,Arial,"DejaVu Sans",sans-serif}
        header,main{max-width:70rem;margin:0 auto;padding:0 1rem}
        main{padding-bottom:3rem}
        h1{font-size:1.6rem;line-height:1.25;margin:1.6rem 0 .2rem;overflow-wrap:anywhere}
        h2{font-size:1.25rem;margin:2.2rem 0 .8rem;padding-bottom:.25rem;border-bottom:1px solid var(--line);
        overflow-wrap:anywhere}
        h3{font-size:1.05rem;margin:1.8rem 0 .6rem}
        a{color:var(--link)}
        p{margin:.5rem 0;overflow-wrap:anywhere}
        .soft{color:var(--soft);margin-top:0}
        nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;margin:.5rem 0;padding:0}
        code{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;font-size:.875em;
        overflow-wrap:anywhere}
        .facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,10.5rem),1fr));gap:.6rem;margin:0}
        .facts div{background:var(--card);border-radius:.5rem;padding:.55rem .8rem}
        .facts dt{color:var(--soft);font-size:.85rem}
        .facts dd{margin:0;font-weight:600;overflow-wrap:anywhere}
        .figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,26rem),1fr));gap:1rem}
        figure{margin:0 0 1rem}
        .figures figure{margin:0}
        figure svg{display:block;width:100%;max-width:36rem;height:auto}
        .wide{overflow-x:auto;max-width:100%;margin:0 0 1rem}
        figure.wide svg{width:auto;max-width:max(100%,var(--least))}
        table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums;min-width:min(100%,24rem)}
        caption{text-align:left;color:var(--soft);padding:0 0 .3rem}
        th,td{padding:.28rem .7rem;border-bottom:1px solid var(--line);vertical-align:top}
        thead th{border-bottom:2px solid var(--line);vertical-align:bottom}
        tbody th{font-weight:600}
        .word{text-align:left;max-width:30rem;overflow-wrap:break-word}
        .number{text-align:right;white-space:nowrap}
        thead .number{white-space:normal}
        .beside{display:flex;flex-wrap:wrap;gap:0 2.5rem;align-items:flex-start}
        .beside figure{flex:1 1 22rem}
        .keys{columns:24rem;column-gap:2.5rem;margin:0;font-size:.9rem}
        .keys div{break-inside:avoid;display:flex;gap:1rem;justify-content:space-between;padding:.2rem 0;
        border-bottom:1px solid var(--line)}
        .keys dt,.keys dd{overflow-wrap:anywhere}
        .keys dd{margin:0;text-align:right}
        .receipt{padding-left:1.2rem;font-size:.9rem;overflow-wrap:anywhere}
        :focus-visible{outline:2px solid var(--link);outline-offset:2px}
        @media screen and (max-width:40rem){
        tbody th.word{min-width:8rem;max-width:9.5rem;overflow-wrap:anywhere;position:sticky;left:0;
        background:var(--paper)}
        .wide td.word{min-width:6.5rem}
        th,td{padding:.28rem .45rem}}
        @media screen and (prefers-color-scheme:dark){
        :root{--paper:#141414;--ink:#ededf0;--soft:#b4b4bc;--line:#3c3c42;--card:#212125;--link:#8ebcff}
        figure svg{filter:invert(.92) hue-rotate(180deg)}}
        @media print{
        :root{color-scheme:light}
        body{font-size:10pt}
        header,main{max-width:none;padding:0}
        figure,tr,.facts div{break-inside:avoid}
        h2,h3,caption{break-after:avoid}
        .figures{grid-template-columns:1fr 1fr}
        .wide{overflow:visible}
        figure.wide svg{width:auto;max-width:100%;height:auto}
        table{font-size:8.5pt;min-width:0;max-width:100%}
        th,td{padding:.15rem .4rem}
        .word{overflow-wrap:anywhere}
        .keys{columns:2;font-size:8.5pt}
        thead{display:table-header-group}
        nav{display:none}}

        """
}
