-- What can be downloaded, as the catalog last said: so that it need not be up.
CREATE TABLE download_options (
    product_id   {text} NOT NULL,
    sku_id       {text} NOT NULL,
    version      {text} NOT NULL,
    language     {text} NOT NULL,
    file_type    {text} NOT NULL,
    artifact_uri {text} NOT NULL,
    PRIMARY KEY (product_id, sku_id, version, language, file_type)
) {strict};

-- What opens a link is nowhere, only its hash is. `expires_at` is empty until the first download where
-- age counts from that.
CREATE TABLE download_links (
    link_id            {uuid}  PRIMARY KEY,
    token_hash         {bytes} NOT NULL UNIQUE,
    customer_id        {uuid}  NOT NULL,
    subscription_id    {uuid}  NOT NULL,
    version            {text}  NOT NULL,
    language           {text}  NOT NULL,
    file_type          {text}  NOT NULL,
    artifact_uri       {text}  NOT NULL,
    policy_id          {text}  NOT NULL,
    max_download_count {int}   NOT NULL,
    download_count     {int}   NOT NULL,
    issued_at          {ts}    NOT NULL,
    expires_at         {ts},
    revoked_at         {ts},
    FOREIGN KEY (customer_id, subscription_id) REFERENCES purchases (customer_id, subscription_id),
    CHECK (download_count BETWEEN 0 AND max_download_count)
) {strict};
CREATE INDEX download_links_by_purchase
    ON download_links (customer_id, subscription_id, issued_at, link_id);
